// Lanes read from lanes that take no part.
// report : a shuffle reads from a lane
// error  : 719
// launch : grid=1 block=32 count=32
extern "C" __global__ void __launch_bounds__(64) shuffle_from_absent_lane(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    if (i < 16) y[i] = __shfl_down_sync(0x0000ffffu, x[i], 8);
}
