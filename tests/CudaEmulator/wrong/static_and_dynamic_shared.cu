// Static and dynamic shared memory together are more than 48 KB.
// report : more shared memory than the kernel asked for
// error  : 1
// launch : grid=1 block=64 count=64 shared=16400
extern "C" __global__ void __launch_bounds__(64) static_and_dynamic_shared(const float* x, float* y, int n)
{
    __shared__ float fixed[8192];
    DYNAMIC_SHARED(float, tile);
    tile[threadIdx.x] = fixed[threadIdx.x] = x[threadIdx.x];
    __syncthreads();
    y[threadIdx.x] = tile[63 - threadIdx.x] + fixed[63 - threadIdx.x];
}
