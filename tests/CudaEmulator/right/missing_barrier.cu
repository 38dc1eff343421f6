// A barrier stands between.
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) missing_barrier(const float* x, float* y, int n)
{
    __shared__ float tile[64];
    int i = threadIdx.x;
    tile[i] = x[i];
    __syncthreads();
    y[i] = tile[63 - i];
}
