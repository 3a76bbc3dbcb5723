/** Path of the cached demo guest (qcow2), made from Debian packages when it is not there yet. */
export function demoImage(options?: {
  cache?: string;
  sata?: boolean;
  say?: (line: string) => void;
}): Promise<string>;
