// A tree sum without the barrier of each step. Every thread overwrites what it read last itself, so a checker that remembers
// one reader of a word sees nothing.
// report : race in shared memory
// error  : 719
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) missing_barrier_in_tree(const float* x, float* y, int n)
{
    __shared__ float sums[64];
    int i = threadIdx.x;
    sums[i] = x[i];
    __syncthreads();
    for (int half = 32; half > 0; half >>= 1)
        if (i < half) sums[i] += sums[i + half];
    if (i == 0) y[0] = sums[0];
}
