// They stay until after the barrier.
// launch : grid=1 block=64 count=60
extern "C" __global__ void __launch_bounds__(64) barrier_after_return(const float* x, float* y, int n)
{
    __shared__ float tile[64];
    int i = threadIdx.x;
    if (i < n) tile[i] = x[i];
    __syncthreads();
    if (i < n) y[i] = tile[n - 1 - i];
}
