// __syncwarp orders them.
// launch : grid=1 block=32 count=32
extern "C" __global__ void __launch_bounds__(64) missing_syncwarp(const float* x, float* y, int n)
{
    __shared__ float tile[32];
    int i = threadIdx.x;
    tile[i] = x[i];
    __syncwarp();
    y[i] = tile[i ^ 1];
}
