// All names are declared.
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) undeclared(const float* x, float* y, int n)
{
    y[threadIdx.x] = 2.0f * x[threadIdx.x];
}
