// Mathematical functions are there without a header.
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) include(const float* x, float* y, int n)
{
    y[threadIdx.x] = fabsf(x[threadIdx.x]);
}
