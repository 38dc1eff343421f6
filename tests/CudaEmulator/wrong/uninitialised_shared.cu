// Half of the tile is never written.
// report : uninitialised shared memory is read
// error  : 719
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) uninitialised_shared(const float* x, float* y, int n)
{
    __shared__ float tile[128];
    int i = threadIdx.x;
    tile[i] = x[i];
    __syncthreads();
    y[i] = tile[i] + tile[i + 64];
}
