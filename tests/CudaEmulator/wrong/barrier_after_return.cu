// Threads without an element leave before the barrier.
// report : divergent barrier
// error  : 719
// launch : grid=1 block=64 count=60
extern "C" __global__ void __launch_bounds__(64) barrier_after_return(const float* x, float* y, int n)
{
    __shared__ float tile[64];
    int i = threadIdx.x;
    if (i >= n) return;
    tile[i] = x[i];
    __syncthreads();
    y[i] = tile[n - 1 - i];
}
