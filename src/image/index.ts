// The waist of the hourglass: what front ends make and engines run.

export * from './cache.ts';
export { DIGEST_BYTES, withKeys } from './digest.ts';
export { IMAGE_VERSION, isImageFile, readImage, writeImage } from './file.ts';
export * from './image.ts';
export * from './memory.ts';
export * from './record.ts';
export * from './template.ts';
export * from './type.ts';
export { validateImage } from './validate.ts';
