// Places of registers and slots as numbers: frame * 16 + register, or SLOT + frame * 64 + slot.

export const SLOT = 0x1000;
