// A name that nobody declared.
// compile: factor
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) undeclared(const float* x, float* y, int n)
{
    y[threadIdx.x] = factor * x[threadIdx.x];
}
