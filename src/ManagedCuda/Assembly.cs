// The interop subset of the ManagedCuda API lives in this project. It holds nothing until the CUDA device lands:
// the arrow ManagedCuda <- Engine is already in place, so that no project has to be rewired then.
namespace ManagedCuda;
