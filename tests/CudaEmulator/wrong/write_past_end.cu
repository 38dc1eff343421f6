// One thread too many writes.
// report : out of bounds
// error  : 700
// launch : grid=2 block=64 count=127
extern "C" __global__ void __launch_bounds__(64) write_past_end(const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    if (i <= n) y[i] = 1.0f;
}
