// All wait at the same barrier.
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) divergent_barrier(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    y[i] = i < 32 ? x[i] : -x[i];
    __syncthreads();
}
