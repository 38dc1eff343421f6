// Writes through a null pointer.
// report : out of bounds, in no allocation
// error  : 700
// launch : grid=1 block=64 count=64 y=null
extern "C" __global__ void __launch_bounds__(64) null_pointer(const float* x, float* y, int n)
{
    y[threadIdx.x] = x[threadIdx.x];
}
