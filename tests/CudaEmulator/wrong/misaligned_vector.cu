// Four floats are read at once from an address that is no multiple of 16 bytes.
// report : misaligned
// error  : 716
// launch : grid=1 block=8 count=64
extern "C" __global__ void __launch_bounds__(64) misaligned_vector(const float* x, float* y, int n)
{
    int i = threadIdx.x;
    float4 v = *reinterpret_cast<const float4*>(x + 4 * i + 1);
    y[i] = v.x + v.w;
}
