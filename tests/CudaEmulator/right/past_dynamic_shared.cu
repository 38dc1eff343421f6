// The launch asks for what the kernel uses.
// launch : grid=1 block=64 count=64 shared=256
extern "C" __global__ void __launch_bounds__(64) past_dynamic_shared(const float* x, float* y, int n)
{
    DYNAMIC_SHARED(float, tile);
    tile[threadIdx.x] = x[threadIdx.x];
    y[threadIdx.x] = tile[threadIdx.x];
}
