/**
 * Loads what makes certificates when one is to be made: reading one needs no library. @peculiar/x509's dependency injection looks for
 * reflect-metadata while it loads; as two imports of one module Bun runs them in either order now and then, so one is awaited.
 */
export async function certificateMaker(): Promise<typeof import('./certificates.ts')> {
  await import('reflect-metadata');
  return import('./certificates.ts');
}
