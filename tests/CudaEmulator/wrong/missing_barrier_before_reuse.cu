// The tile is filled again while others may still read it.
// report : race in shared memory
// error  : 719
// launch : grid=1 block=64 count=128
extern "C" __global__ void __launch_bounds__(64) missing_barrier_before_reuse(const float* x, float* y, int n)
{
    __shared__ float tile[64];
    int i = threadIdx.x;
    for (int part = 0; part < 2; ++part)
    {
        tile[i] = x[64 * part + i];
        __syncthreads();
        y[64 * part + i] = tile[63 - i];
    }
}
