// A block has at most 1024 threads.
// report : the block is beyond the limits
// error  : 1
// launch : grid=1 block=1025 count=1025
extern "C" __global__ void __launch_bounds__(1024) block_too_large(const float* x, float* y, int n)
{
    y[threadIdx.x] = x[threadIdx.x];
}
