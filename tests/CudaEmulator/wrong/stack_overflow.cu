// Recursion without end.
// report : stack overflow
// error  : 700
// launch : grid=1 block=1 count=64
static __device__ __noinline__ float endless_depth(const float* x, int n)
{
    volatile float keep[64];
    keep[n & 63] = x[0];
    return endless_depth(x, n + (int)keep[n & 63] / 1000000) + keep[n & 63];
}

extern "C" __global__ void __launch_bounds__(64) stack_overflow(const float* x, float* y, int n)
{
    y[0] = endless_depth(x, n);
}
