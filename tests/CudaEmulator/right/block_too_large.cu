// 1024 threads are allowed.
// launch : grid=1 block=1024 count=1024
extern "C" __global__ void __launch_bounds__(1024) block_too_large(const float* x, float* y, int n)
{
    y[threadIdx.x] = x[threadIdx.x];
}
