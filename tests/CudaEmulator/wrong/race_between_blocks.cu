// All blocks write the same elements.
// report : race in global memory
// error  : 719
// launch : grid=4 block=64 count=256
extern "C" __global__ void __launch_bounds__(64) race_between_blocks(const float* x, float* y, int n)
{
    y[threadIdx.x] = x[blockIdx.x * blockDim.x + threadIdx.x];
}
