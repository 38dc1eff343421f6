// 48 KB do.
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) too_much_static_shared(const float* x, float* y, int n)
{
    __shared__ float tile[12288];
    tile[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = tile[63 - threadIdx.x];
}
