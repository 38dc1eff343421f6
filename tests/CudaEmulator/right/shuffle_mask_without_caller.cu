// The mask names all callers.
// launch : grid=1 block=32 count=32
extern "C" __global__ void __launch_bounds__(64) shuffle_mask_without_caller(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    y[i] = __shfl_sync(0xffffffffu, x[i], 0);
}
