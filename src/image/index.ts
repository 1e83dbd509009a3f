// The waist of the hourglass: what front ends make and engines run.

export * from './image.ts';
export * from './memory.ts';
export * from './record.ts';
export * from './type.ts';
