// __syncwarp orders memory.
// launch : grid=1 block=32 count=32
extern "C" __global__ void __launch_bounds__(64) shuffle_as_barrier(const float* x, float* y, int n)
{
    __shared__ float tile[32];
    int i = threadIdx.x;
    tile[i] = x[i];
    float first = __shfl_sync(0xffffffffu, x[i], 0);
    __syncwarp();
    y[i] = tile[i ^ 1] + first;
}
