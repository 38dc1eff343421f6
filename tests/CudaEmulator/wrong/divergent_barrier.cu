// The two halves of the block wait at different barriers.
// report : divergent barrier
// error  : 719
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) divergent_barrier(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    if (i < 32)
    {
        y[i] = x[i];
        __syncthreads();
    }
    else
    {
        y[i] = -x[i];
        __syncthreads();
    }
}
