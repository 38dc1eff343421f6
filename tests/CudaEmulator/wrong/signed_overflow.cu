// An index is computed in 32 bits that needs more.
// report : signed overflow
// error  : 719
// launch : grid=4 block=64 count=256
extern "C" __global__ void __launch_bounds__(64) signed_overflow(const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    int far = i * 100000000;
    y[i] = far < 0 ? 0.0f : x[i];
}
