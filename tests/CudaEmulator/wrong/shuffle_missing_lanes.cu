// The mask names lanes that never come.
// report : deadlock
// error  : 719
// launch : grid=1 block=32 count=32
extern "C" __global__ void __launch_bounds__(64) shuffle_missing_lanes(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    if (i < 16) y[i] = __shfl_sync(0xffffffffu, x[i], 0);
}
