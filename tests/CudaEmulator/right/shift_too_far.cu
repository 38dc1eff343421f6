// The count stays below the width.
// launch : grid=1 block=64 count=64
extern "C" __global__ void __launch_bounds__(64) shift_too_far(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    y[i] = (float)(1u << (i & 31));
}
