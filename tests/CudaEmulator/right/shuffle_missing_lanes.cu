// All lanes come.
// launch : grid=1 block=32 count=32
extern "C" __global__ void __launch_bounds__(64) shuffle_missing_lanes(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    float first = __shfl_sync(0xffffffffu, x[i], 0);
    if (i < 16) y[i] = first;
}
