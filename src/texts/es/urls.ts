import type { urlErrors as en } from '../en/urls.ts';
import { bytes } from './figures.ts';

const KINDS: Readonly<Record<string, string>> = {
  private: 'una dirección de una red privada',
  loopback: 'el propio PC',
  'link-local': 'una dirección que nunca está en la web',
  reserved: 'una dirección que nunca está en la web',
  cloud: 'un PC de esta nube',
};
const REASONS: Readonly<Record<string, string>> & { readonly syntax: string } = {
  syntax: 'No está escrita como una dirección.',
  scheme: 'Solo se puede traer lo que empieza por https:// o http://.',
  password: 'No se admite una dirección con nombre y contraseña: otros los verían.',
};

/** Lo que el sistema del propio PC dice de una conexión que no se logró. */
const CONNECTIONS: Readonly<Record<string, string>> = {
  ENOTFOUND: 'nadie conoce ese nombre',
  EAI_AGAIN: 'no responde nadie que conozca nombres',
  ECONNREFUSED: 'allí no escucha nadie',
  ECONNRESET: 'corta la conexión',
  EHOSTUNREACH: 'no hay camino hasta allí',
  ENETUNREACH: 'no hay camino hasta allí',
  ETIMEDOUT: 'no llega respuesta',
};

export const urlErrors: typeof en = {
  'images.url_invalid': ({ reason }) => ({
    message: REASONS[reason] ?? REASONS.syntax,
    hint: 'Escríbala como https://example.org/disco.qcow2.',
  }),
  'images.url_forbidden': ({ host, address, kind }) => ({
    message: `«${host}» es ${address}, ${KINDS[kind] ?? 'una dirección que nunca está en la web'}: de ahí no se trae nada.`,
    hint:
      kind === 'private' || kind === 'loopback' || kind === 'cloud'
        ? 'Envíe el fichero. Quien administra la nube puede permitir tales direcciones: el ajuste import.allow_private.'
        : 'Use una dirección de la web o envíe el fichero.',
  }),
  'images.url_unreachable': ({ host, reason }) => ({
    message: `«${host}» no responde (${CONNECTIONS[reason] ?? reason}), tampoco tras varios intentos.`,
    hint: 'Compruebe la dirección y si este PC llega a internet. Después, importe otra vez.',
  }),
  'images.url_untrusted': ({ host, reason }) => ({
    message: `«${host}» no pudo probar que es quien dice (${reason}).`,
    hint: 'Compruebe la dirección y el reloj de este PC. Puede haber alguien en medio: no use http en su lugar.',
  }),
  'images.url_redirects': ({ host, limit }) => ({
    message: `«${host}» envía a otras direcciones más de ${limit} veces.`,
    hint: 'Abra la dirección en un navegador y use aquella en la que está de verdad el fichero.',
  }),
  'images.url_status': ({ host, status }) => ({
    message:
      status === 404 || status === 410
        ? `No hay ningún fichero en esa dirección de «${host}».`
        : status === 401 || status === 403
          ? `«${host}» solo da ese fichero a quien ha iniciado sesión allí.`
          : `«${host}» responde con un error (${status}).`,
    hint: 'Abra la dirección en un navegador para ver si es correcta.',
  }),
  'images.url_html': ({ host }) => ({
    message: `En esa dirección de «${host}» hay una página para personas, no un fichero.`,
    hint: 'Ábrala en un navegador y copie la dirección de la propia descarga.',
  }),
  'images.url_encoded': ({ host, encoding }) => ({
    message: `«${host}» envía el fichero comprimido (${encoding}) sin que nadie lo haya pedido.`,
    hint: 'Descargue usted el fichero y envíelo aquí.',
  }),
  'images.url_empty': ({ host }) => ({
    message: `El fichero en esa dirección de «${host}» está vacío.`,
    hint: 'Compruebe la dirección.',
  }),
  'images.url_too_large': ({ bytes: size, limitBytes }) => ({
    message: `El fichero tiene ${bytes(size)} o más; se permiten ${bytes(limitBytes)}.`,
    hint: 'Use una imagen menor o pida a quien administra la nube que permita mayores.',
  }),
  'images.url_broken': ({ host, done, tries }) => ({
    message: `El fichero de «${host}» se cortó en ${bytes(done)}, ${tries} veces seguidas.`,
    hint: 'Pruebe más tarde o con otra réplica.',
  }),
  'images.url_changed': ({ host }) => ({
    message: `El fichero de «${host}» cambió mientras se traía.`,
    hint: 'Importe otra vez.',
  }),
  'images.url_wrong_sum': ({ expected, actual }) => ({
    message: `No es el fichero esperado: su SHA-256 es ${actual.slice(0, 16)}…, no ${expected.slice(0, 16)}….`,
    hint: 'Compruebe la suma y la dirección. Si la suma es de quien hizo el fichero, no lo use.',
  }),
};
