import type { self as en } from '../en/ui-self.ts';

/** Textos de inicio de sesión, consola, cuenta y ayuda. */
export const self: typeof en = {
  signIn: {
    title: 'Iniciar sesión',
    to: (cloud) => `en ${cloud}`,
    name: 'Nombre',
    password: 'Contraseña',
    submit: 'Iniciar sesión',
    help: '¿La ha olvidado? La administración le da una nueva.',
    first: 'Elija su propia contraseña',
    firstLead: 'La que le dieron era solo para esta primera vez. Nadie más sabrá la nueva.',
    current: 'Contraseña actual',
    next: 'Contraseña nueva',
    nextHint: 'Al menos 8 caracteres. Una frase es fácil de recordar y difícil de adivinar.',
    repeat: 'Otra vez la contraseña nueva',
    differ: 'Las dos contraseñas nuevas no son iguales.',
    differHint: 'Escriba dos veces la misma contraseña nueva.',
    save: 'Usar esta contraseña',
  },
  console: {
    title: (name) => `Pantalla de ${name}`,
    bar: 'Consola',
    hide: 'Ocultar la barra',
    show: 'Mostrar la barra',
    leave: 'Volver',
    full: 'Pantalla completa',
    fit: 'Ajustar',
    oneToOne: '1:1',
    keys: 'Teclas',
    type: 'Escribir texto',
    clipboard: 'Portapapeles',
    viewOnly: 'Solo mirar',
    picture: 'Captura',
    typeTitle: 'Texto que se escribe',
    typeHint: 'Se escribe tecla a tecla, como a mano.',
    layout: 'Teclado del sistema de dentro',
    layouts: { us: 'Inglés (EE. UU.)', es: 'Español' },
    send: 'Escribirlo',
    clipboardTitle: 'Portapapeles del laboratorio',
    clipboardHint:
      'Lo que se copie dentro aparece aquí; lo que escriba aquí se puede pegar dentro, si el sistema comparte su portapapeles con la pantalla.',
    clipboardSend: 'Pasarlo',
    escapeHint: 'Ctrl+Alt+Mayús devuelve el teclado a esta página.',
    script: {
      connecting: 'Conectando…',
      reconnecting: 'Reconectando…',
      in: 'Se ha perdido la conexión. Se prueba otra vez en {seconds} s.',
      gone: 'El laboratorio no está en marcha: ahora no tiene pantalla.',
      connected: 'Conectado',
      released: 'El teclado vuelve a ser de esta página.',
      cannotType: 'No están en este teclado y se han omitido: {signs}',
      typed: 'Escrito.',
      screen: 'Pantalla de {name}. Ctrl+Alt+Mayús devuelve el teclado.',
      refused: 'La pantalla no puede abrirse.',
    },
  },
  account: {
    title: 'Mi cuenta',
    signedInAs: 'Ha iniciado sesión como',
    details: 'Nombre e idioma',
    language: 'Idioma',
    languages: { auto: 'Como diga el navegador', en: 'English', es: 'Español' },
    fullName: 'Nombre completo',
    password: 'Contraseña',
    passwordLead: 'Se cierra la sesión en los demás navegadores donde la tenga abierta.',
    tokens: 'Testigos de la API',
    tokensLead:
      'Con un testigo, los programas y la orden labmesh actúan en su nombre. Dé a cada programa el suyo.',
    noTokens: 'No tiene ninguno.',
    tokenLabel: '¿Para qué es?',
    tokenDays: 'Vale durante',
    days: (n) => (n === 1 ? '1 día' : `${n} días`),
    makeToken: 'Crear un testigo',
    tokenMade: 'Su testigo nuevo',
    tokenOnce: 'Solo se muestra ahora y no se guarda en ninguna parte. Quien lo tenga actúa en su nombre.',
    tokenUntil: (date) => `vale hasta el ${date}`,
    revoke: 'Anular',
    rootTitle: 'Root de este PC',
    rootText: 'Ha llegado por el socket de control de este PC y no tiene cuenta.',
  },
  help: {
    title: 'Ayuda',
    student: {
      lead: 'Un laboratorio es un ordenador propio dentro de los PC del aula. Se usa en el navegador, desde cualquier PC.',
      parts: [
        {
          title: 'Arrancar un laboratorio',
          steps: [
            'Abra Mis laboratorios y pulse Arrancar en una tarjeta.',
            'Tome el tamaño propuesto y las horas que necesite.',
            'Pulse Arrancar. Tras unos segundos el botón pasa a ser Abrir.',
          ],
        },
        {
          title: 'Trabajar en él',
          steps: [
            'Abrir muestra su pantalla en una pestaña propia. La pantalla completa está en la barra de arriba.',
            'Mientras la pantalla tiene el foco, su teclado es del laboratorio. Ctrl+Alt+Mayús lo devuelve a la página.',
            'Ctrl+Alt+Supr y otras combinaciones están en Teclas.',
          ],
        },
        {
          title: 'Irse y volver',
          steps: [
            'Cierre la pestaña sin más: el laboratorio sigue en marcha. Ábralo desde cualquier otro PC.',
            'Cuando acaba su tiempo se suspende: todo queda como está, también las ventanas. Pulse Reanudar.',
            'Deme una hora más, en la tarjeta, alarga su tiempo.',
          ],
        },
        {
          title: 'Lo que se guarda',
          steps: [
            'Guarda su trabajo: ficheros y ajustes se quedan hasta que borre el laboratorio.',
            'Empieza limpio cada vez: al apagarlo se descarta todo. La página lo avisa antes.',
          ],
        },
        {
          title: 'Cuando algo no funciona',
          steps: [
            'Lea la frase de la tarjeta: dice por qué y qué puede hacer.',
            'Enseñe el código pequeño de debajo a su docente o a soporte.',
          ],
        },
      ],
    },
    teacher: {
      title: 'Para el profesorado',
      parts: [
        {
          title: 'Traer una imagen',
          steps: [
            'En Imágenes, pulse Importar una imagen y elija el disco de una máquina virtual o una ISO de instalación.',
            'Puede dejar la página cuando se haya enviado todo. Un mensaje avisa cuando está lista.',
          ],
        },
        {
          title: 'Darla a un curso',
          steps: [
            'Abra su curso y enlace la imagen.',
            'Matricule estudiantes por su nombre de usuario; se puede pegar una lista entera.',
            'Su tarjeta aparece al momento en Mis laboratorios.',
          ],
        },
        {
          title: 'Ayudar a un estudiante',
          steps: [
            'Todos enumera los laboratorios de sus cursos. Abra uno para ver su estado, su registro y su pantalla.',
          ],
        },
      ],
    },
    admin: {
      title: 'Para la administración',
      parts: [
        {
          title: 'El PC',
          steps: [
            'Nodos muestra lo que cada PC promete y lo que le queda, cómo funcionan las máquinas, y lo que va mal con su remedio al lado.',
            '«labmesh doctor» dice lo mismo en el propio PC.',
          ],
        },
        {
          title: 'Personas y cursos',
          steps: [
            'Añada personas una a una o importe una lista; la vista previa no cambia nada.',
            'Un curso necesita un docente, estudiantes y al menos una imagen.',
          ],
        },
        {
          title: 'Ponerlo a salvo',
          steps: [
            '«labmesh cloud backup FICHERO» escribe todo lo que la nube acuerda. No contiene imágenes ni discos de laboratorios.',
            'La auditoría dice quién hizo qué; expórtela antes de que se eliminen las entradas viejas.',
          ],
        },
        {
          title: 'Programas',
          steps: [
            'La API JSON está en /api/v1 y su descripción en /api/v1/openapi.json. Los testigos se crean en Mi cuenta.',
          ],
        },
      ],
    },
  },
};
