export * from './cloud.ts';
export * from './image.ts';
export * from './node.ts';
export * from './operation.ts';
export * from './token.ts';
export * from './user.ts';
export * from './vm.ts';
