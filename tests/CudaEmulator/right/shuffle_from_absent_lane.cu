// They read from lanes that do.
// launch : grid=1 block=32 count=32
extern "C" __global__ void __launch_bounds__(64) shuffle_from_absent_lane(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    if (i < 16) y[i] = __shfl_xor_sync(0x0000ffffu, x[i], 8);
}
