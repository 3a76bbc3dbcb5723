/** Addresses of static files: the hash in them lets browsers keep a file for good. */
import { assets } from '../assets/index.ts';

/** `/static/labmesh.css?v=…`. @param name path below static/ */
export function asset(name: string): string {
  const path = `/static/${name}`;
  const etag = assets.get(path)?.etag;
  return etag === undefined ? path : `${path}?v=${etag.slice(1, 13)}`;
}
