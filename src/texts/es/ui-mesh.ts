import type { mesh as en } from '../en/ui-mesh.ts';

const some = (n: number, one: string, many: string) => (n === 1 ? `1 ${one}` : `${n} ${many}`);

/** Textos sobre la malla: acuerdo entre los PC, sus papeles, vaciarlos, añadirlos y compartirlos, el mapa. */
export const mesh: typeof en = {
  quorum: {
    single: '1 PC: decide solo, y ningún otro guarda una copia',
    oneVoter: (pcs, name) =>
      `${pcs} PC: solo vota ${name}; si se pierde para siempre, recupere la nube en otro`,
    voters: (alive, voters, mayFail) =>
      `${alive} de ${voters} votantes en marcha; ${mayFail === 0 ? 'no puede fallar ninguno' : mayFail === 1 ? 'puede fallar 1' : `pueden fallar ${mayFail}`}`,
    missing: (names, n) => `${n === 1 ? 'Falta' : 'Faltan'} ${names}.`,
    electing: 'Maestro perdido, eligiendo otro: esta página se reconecta sola',
    lost: (names, n) => `Sin maestro: ${n === 1 ? 'falta' : 'faltan'} ${names}.`,
    lostThen: (names, need, n) =>
      `Las máquinas de aquí siguen en marcha; nada puede cambiarse hasta que ${need === 1 ? 'vuelva' : 'vuelvan'} ${need < n ? `${need} de ${names}` : names}.`,
    recoverHint: 'Solo si se han perdido para siempre: «labmesh cloud recover» en un PC que aún funcione.',
    votersAre: 'Quiénes votan',
    standbys: 'Dispuestos a votar',
  },
  health: {
    retired: 'Este PC fue dado de baja: ya no es de la nube',
    electing: 'Maestro perdido, eligiendo otro: esta página se reconecta sola',
    lost: (names, n) => `Sin maestro: ${n === 1 ? 'falta' : 'faltan'} ${names}; nada puede cambiarse`,
    oneOff: (name) => `${name} está apagado`,
    manyOff: (n) => `${n} PC están apagados`,
    mayFail: (n) =>
      n === 0
        ? 'no puede fallar ningún votante más'
        : n === 1
          ? 'puede fallar 1 votante más'
          : `pueden fallar ${n} votantes más`,
    stopping: 'La nube se está apagando: los laboratorios se suspenden',
    off: 'La nube está apagada: no funciona ningún laboratorio hasta que se encienda',
  },
  roles: { master: 'Maestro', voter: 'Votante', standby: 'Reserva', worker: 'Trabajador' },
  roleHints: {
    master: 'Dirige: todo cambio pasa primero por él.',
    voter: 'Mantiene el acuerdo con los demás votantes.',
    standby: 'Toma el voto de un votante que no vuelve.',
    worker: 'Ejecuta laboratorios y sigue a los demás; no tiene voto.',
  },
  state: {
    joining: 'Entrando: se le ha admitido y aún no ha dicho nada',
    unreachable: (since) => `Inalcanzable desde ${since}: no contesta, ni a través de otros PC`,
    lost: (since) => `Perdido: nada se sabe de él desde ${since}. Sus laboratorios siguen en él`,
    draining: (left, until) =>
      left === 0
        ? 'Vaciándose: ya no funciona nada en él'
        : `Vaciándose hasta ${until}: ${some(left, 'laboratorio sigue', 'laboratorios siguen')} en marcha`,
    drained: 'Vacío: puede apagarse',
    retired: 'De baja: ya no es de esta nube',
    ready: 'Listo para ejecutar laboratorios',
    running: (n) => `Ejecuta ${some(n, 'laboratorio', 'laboratorios')}`,
    suspect: 'Tarda en contestar: se le pregunta a través de otros PC',
  },
  facts: {
    heard: (ago) => `oído hace ${ago}`,
    heardNow: 'oído ahora mismo',
    neverHeard: 'aún no oído',
    cpuNow: 'Procesador, medido',
    notMeasured: 'aún sin medir',
    labs: 'Laboratorios',
    images: 'Imágenes',
    version: 'Versión',
    vote: 'Voto',
    votes: {
      auto: 'como elija la nube',
      always: 'siempre, por la administración',
      never: 'nunca, por la administración',
    },
    sharedBy: (name) => `Compartido por ${name}`,
    recovered: (when) =>
      `Esta nube se recuperó de la copia de un solo PC, ${when}. Los PC que faltaban deben entrar de nuevo.`,
  },
  acts: {
    menu: (name) => `Acciones para ${name}`,
    promote: 'Darle voto',
    auto: 'Dejar su voto a la nube',
    demote: 'Quitarle el voto',
    master: 'Hacerlo maestro',
    drain: 'Vaciarlo…',
    undrain: 'Dejar de vaciarlo y usarlo',
    retire: 'Darlo de baja…',
  },
  drain: {
    title: (name) => `¿Vaciar ${name}?`,
    lead: 'Ningún laboratorio nuevo arranca en él, y los que funcionan lo dejan. Sigue siendo de la nube, y puede pararlo cuando quiera.',
    nothing: 'Ningún laboratorio funciona en él: se vacía enseguida.',
    what: 'Qué pasa con cada laboratorio en marcha',
    hows: {
      suspend:
        'Suspender ya: se guarda la memoria, y cada uno sigue donde estaba cuando el PC se use de nuevo',
      wait: 'Esperar: cada uno sigue hasta que acabe su tiempo, como mucho hasta el plazo; después se suspende',
      move: 'Llevar a otro PC',
    },
    fates: {
      waits: (at) => `Puede acabar solo, se suspende ${at}`,
      suspends: () => 'Se suspende ahora',
      ending: () => 'Acaba solo ahora mismo',
      unreachable: () => 'Nada, hasta que este PC conteste',
      kept: () => 'Sigue cuando este PC se use de nuevo',
    },
    deadline: 'Como mucho dentro de',
    deadlines: {
      '15': '15 minutos',
      '60': '1 hora',
      '240': '4 horas',
      '720': '12 horas',
      '1440': '1 día',
    },
    deadlineHint: 'Los laboratorios que aún funcionen entonces se suspenden.',
    button: 'Vaciarlo',
    view: 'Vaciándose',
    how: {
      suspend: 'Los laboratorios se suspenden',
      wait: 'Los laboratorios pueden acabar solos',
      move: 'Los laboratorios se van a otros PC',
    },
    until: (time) => `Como mucho ${time}`,
    asked: (name, time) => `Pedido por ${name}, ${time}`,
    blocks: (n) => (n === 1 ? '1 laboratorio lo retiene' : `${n} laboratorios lo retienen`),
    done: 'Nada funciona en él: puede apagarse.',
    more: (n) => `y ${n} más`,
    leaseEnds: (time) => `su tiempo acaba ${time}`,
  },
  retire: {
    title: (name) => `¿Dar de baja ${name}?`,
    lead: (name) =>
      `${name} deja esta nube para siempre: se le rechaza enseguida en todas partes y solo puede volver como PC nuevo, con otra línea.`,
    nothingLost:
      'Ningún laboratorio tiene su disco en él, y cada imagen está también en otro PC: no se pierde nada.',
    labsLost: (n) =>
      n === 1
        ? 'El disco de 1 laboratorio está en él y se pierde con él:'
        : `Los discos de ${n} laboratorios están en él y se pierden con él:`,
    imagesLost: (n) =>
      n === 1
        ? '1 imagen no está en ningún otro sitio y se pierde con él:'
        : `${n} imágenes no están en ningún otro sitio y se pierden con él:`,
    notDrained: 'Aún no está vacío. Vaciarlo antes no pierde nada de lo que funciona.',
    last: 'Es el último PC de la nube: darlo de baja la acabaría.',
    force: 'He leído lo que se pierde. Darlo de baja de todas formas.',
    button: 'Darlo de baja',
  },
  join: {
    add: 'Añadir un PC',
    title: 'Añadir un PC',
    lead: 'Prepare una línea y ejecútela en el PC nuevo: un minuto después es parte de la nube.',
    make: 'Preparar la línea',
    label: '¿Para qué PC?',
    labelHint: 'Para usted, para reconocerla en la lista: «Aula 12».',
    labelDefault: 'PC nuevos',
    validFor: 'Vale durante',
    validity: { '1': '1 hora', '24': '1 día', '168': '7 días', '720': '30 días' },
    uses: 'Para cuántos PC',
    ready: 'Ejecute esto en el PC nuevo',
    copy: 'Copiar',
    copied: 'Copiado',
    once: 'Solo se muestra ahora. Quien la tenga puede meter un PC en la nube hasta que caduque: entréguela como entregaría una llave.',
    until: (time, uses) => `Vale hasta ${time}, para ${uses === 1 ? '1 PC' : `${uses} PC`}.`,
    qr: 'Código QR de la misma línea',
    qrHint: 'Para un PC sin portapapeles común: léalo con un teléfono y envíela allí.',
    needs:
      'El PC necesita labmesh y, para ejecutar laboratorios, libvirt y QEMU. «labmesh doctor» dice allí lo que falta.',
    open: 'Líneas abiertas',
    none: 'Ninguna: ahora mismo no puede entrar ningún PC nuevo.',
    used: (used, max) => `${used} de ${max} usados`,
    expires: (time) => `hasta ${time}`,
    madeBy: (name) => `de ${name}`,
    shared: 'para compartir un PC',
    revoke: 'Retirar',
    revokeOf: (label) => `Retirar la línea «${label}»`,
  },
  share: {
    menu: 'Compartir este PC',
    title: 'Compartir este PC',
    lead: 'Deje que la nube use el PC que tiene delante para sus laboratorios mientras le sobre sitio.',
    meansTitle: 'Qué significa',
    means:
      'El PC entra en esta nube. Pueden funcionar en él laboratorios de otras personas, cada uno encerrado en una máquina virtual: no ven sus ficheros ni su pantalla.',
    usedTitle: 'Qué se usa',
    used: 'La mitad de sus núcleos, su memoria y su disco; la otra mitad sigue siendo suya. Aquí elige más o menos en cuanto haya entrado.',
    gainTitle: 'Qué gana',
    gain: 'Caben más laboratorios, también los suyos, y sus peticiones van antes que las de quienes no comparten.',
    stopTitle: 'Pare cuando quiera',
    stop: 'Déjelo aquí en pausa y no arranca en él ningún laboratorio nuevo. Si deja de compartir, antes se suspenden sus laboratorios; no pierden nada. Después sáquelo de la nube.',
    make: 'Preparar mi línea',
    ready: 'Ejecute esto en el PC que comparte',
    once: 'Solo se muestra ahora y deja entrar un PC.',
    mine: 'Los PC que comparto',
    none: 'Ninguno todavía.',
    waiting: 'Líneas sin usar todavía',
  },
  map: {
    title: 'Mapa',
    lead: 'Cómo se alcanzan los PC unos a otros, según lo miden ellos.',
    link: 'Mapa',
    back: 'Nodos',
    graph: (pcs, links) => `Grafo de ${pcs} PC y ${links} conexiones medidas; la tabla dice lo mismo`,
    nothing: 'Aún no hay nada medido',
    nothingText:
      'Los PC miden cada pocos segundos el camino de uno a otro. Con un solo PC no hay nada que medir.',
    from: 'Entre',
    rtt: 'Ida y vuelta',
    rate: 'Caudal',
    finding: 'Juicio',
    findings: { ordinary: 'Como siempre', slow: 'Lenta', oneWay: 'En un solo sentido' },
    oneWayOf: (from, to) => `Solo ${from} alcanza a ${to}`,
    ms: (n) => `${n} ms`,
    pair: (a, b) => `${a} – ${b}`,
    perSecond: (bytes) => `${bytes}/s`,
    shownAll: 'Se dibujan todas las conexiones medidas.',
    shownSome: 'Con tantos PC solo se dibujan las conexiones del maestro y las que llaman la atención.',
    allWell: 'Ninguna conexión llama la atención.',
    standOut: (n) => (n === 1 ? '1 conexión llama la atención.' : `${n} conexiones llaman la atención.`),
    more: (n) => `Otras ${n} conexiones no se muestran; lo que llama la atención va primero.`,
    table: 'Conexiones',
  },
  power: {
    title: 'La nube entera',
    on: 'Encendida: los laboratorios pueden arrancar.',
    stopping: (left, until) =>
      `Apagándose${until === null ? '' : ` hasta ${until}`}: ${some(left, 'laboratorio sigue', 'laboratorios siguen')} en marcha.`,
    off: 'Apagada: no funciona ningún laboratorio. Los PC y esta página siguen encendidos, y ya pueden apagarse.',
    by: (name) => `Por ${name}`,
    shutdown: 'Apagar la nube…',
    startup: 'Encender la nube',
    startupHint: 'Los laboratorios que se suspendieron al apagarla siguen donde estaban.',
    askTitle: '¿Apagar la nube?',
    ask: (n) =>
      n === 0
        ? 'Ahora no funciona ningún laboratorio. No podrá arrancar ninguno hasta que encienda la nube.'
        : `${n === 1 ? 'Se suspende 1 laboratorio en marcha' : `Se suspenden ${n} laboratorios en marcha`}: se guarda la memoria, no se pierde nada, y cada uno sigue donde estaba cuando encienda la nube. Hasta entonces nadie puede arrancar un laboratorio.`,
    when: 'Cuándo',
    waits: {
      '0': 'Ahora',
      '15': 'Esperar hasta 15 minutos',
      '60': 'Esperar hasta 1 hora',
      '240': 'Esperar hasta 4 horas',
    },
    whenHint:
      'Mientras se espera, los laboratorios pueden acabar solos; los que aún funcionen entonces se suspenden.',
    button: 'Apagar',
  },
};
