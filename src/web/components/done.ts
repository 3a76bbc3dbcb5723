/** True when `key` is one of the object's own: narrows what came from a URL. */
export function isKnownKey<T extends object>(object: T, key: string): key is Extract<keyof T, string> {
  return Object.hasOwn(object, key);
}
