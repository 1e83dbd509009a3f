// How the kernel's messages write arithmetic operations, by their upper four bits.

export const operatorTexts = '+= -= *= /= |= &= <<= >>= neg %= ^= = s>>= endian'.split(' ');
