// One thread adds.
// launch : grid=2 block=64 count=128 y=filled
extern "C" __global__ void __launch_bounds__(64) sum_without_atomics(const float* x, float* y, int n)
{
    if (blockIdx.x + threadIdx.x == 0)
        for (int i = 0; i < n; ++i) y[0] += x[i];
}
