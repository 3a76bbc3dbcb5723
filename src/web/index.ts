/** The web: pages, JSON API, events and consoles. See DESIGN.md. */
export { type ApiRoute, apiTable } from './api/index.ts';
export { openApiDocument } from './api/openapi.ts';
export { providedCertificate, type ServerCertificate, watchProvided } from './certificate.ts';
export { WebError, type WebErrors } from './errors.ts';
export { createWebApp } from './server.ts';
export type { WebOptions } from './services.ts';
export { type StartOptions, startWebServer, type WebServer } from './start.ts';
