/** The folder of what is costly to make or fetch; it may not exist yet. */
export function cacheFolder(): string;
