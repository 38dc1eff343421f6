// It is computed in 64 bits.
// launch : grid=4 block=64 count=256
extern "C" __global__ void __launch_bounds__(64) signed_overflow(const float* x, float* y, int n)
{
    int i = blockIdx.x * blockDim.x + threadIdx.x;
    long long far = i * 100000000ll;
    y[i] = far < 0 ? 0.0f : x[i];
}
