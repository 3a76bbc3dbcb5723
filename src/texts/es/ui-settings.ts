/** Textos de los ajustes: cómo se llama cada uno y qué hace. */
import type { settings as en } from '../en/ui-settings.ts';

export const settings: typeof en = {
  title: 'Ajustes',
  lead: 'Pocos, con valores de fábrica que sirven para un laboratorio. Un cambio vale al momento en todos los PC.',
  default: (value) => `De fábrica: ${value}`,
  between: (min, max) => `de ${min} a ${max}`,
  changedBy: (name, when) => `Lo cambió ${name}, ${when}`,
  reset: 'Volver al valor de fábrica',
  change: 'Cambiar',
  on: 'Sí',
  off: 'No',
  units: {
    minutes: 'minutos',
    hours: 'horas',
    seconds: 'segundos',
    VMs: 'laboratorios',
    GiB: 'GB',
    share: 'parte',
    weight: 'peso',
    entries: 'entradas',
    operations: 'operaciones',
    messages: 'mensajes',
    requests: 'peticiones',
    'o’clock': 'h',
    days: 'días',
    percent: 'por ciento',
    PCs: 'PC',
    vCPUs: 'procesadores virtuales',
    starts: 'arranques',
    points: 'puntos',
    times: 'veces',
  },
  groups: {
    lease: 'Tiempo',
    vm: 'Laboratorios',
    quota: 'Límites por persona',
    image: 'Imágenes',
    import: 'Importar de la web',
    edit: 'Cambiar imágenes',
    work: 'Trabajo guardado',
    transfer: 'Transferencias de imágenes',
    session: 'Inicio de sesión',
    scheduler: 'Reparto',
    queue: 'Cola',
    reservation: 'Reservas',
    priority: 'Quién va antes',
    sharing: 'Compartir PC',
    node: 'Los PC',
    election: 'Votantes',
    history: 'Lo que se guarda',
  },
  keys: {
    'lease.min_hours': {
      name: 'Tiempo mínimo',
      effect: 'Las menos horas por las que se puede arrancar un laboratorio.',
    },
    'lease.max_hours': {
      name: 'Tiempo máximo',
      effect:
        'Las más horas por las que se puede arrancar un laboratorio; después se suspende y se puede reanudar.',
    },
    'lease.connect_minutes': {
      name: 'Tiempo para abrir un laboratorio',
      effect:
        'Un laboratorio cuya consola nadie abre en este tiempo después de arrancar, y que no trabaja por su cuenta ni por la red, se suspende; con 0, nunca.',
    },
    'lease.idle_minutes': {
      name: 'Tiempo sin uso',
      effect: 'Un laboratorio que nadie usa durante este tiempo se suspende; con 0, nunca.',
    },
    'lease.renew_if_waiting': {
      name: 'Más tiempo aunque otros esperen',
      effect: 'Si se puede dar más tiempo a un laboratorio mientras alguien espera un sitio.',
    },
    'queue.max_wait': {
      name: 'Espera máxima',
      effect: 'Una petición que espera más por un sitio se abandona y se avisa a su persona.',
    },
    'queue.max_length': {
      name: 'Cola máxima',
      effect: 'Cuántas peticiones pueden esperar a la vez; las demás se rechazan.',
    },
    'reservation.walkin_percent': {
      name: 'Para quien viene sin reserva',
      effect: 'Qué parte de procesadores y memoria dejan las reservas a quienes vienen sin una.',
    },
    'reservation.node_reserve': {
      name: 'PC que pueden faltar',
      effect:
        'Tantos de los PC más grandes quedan fuera al comprobar una reserva, para que se cumpla también sin ellos.',
    },
    'reservation.prefetch_minutes': {
      name: 'Traer las imágenes antes',
      effect: 'Con cuánta antelación se lleva la imagen de una reserva a los PC que la necesitarán.',
    },
    'quota.student_running': {
      name: 'Laboratorios en marcha por estudiante',
      effect: 'Cuántos laboratorios puede tener en marcha o en espera a la vez.',
    },
    'quota.teacher_running': {
      name: 'Laboratorios en marcha por docente',
      effect: 'Cuántos laboratorios puede tener en marcha o en espera a la vez.',
    },
    'quota.student_vcpus': {
      name: 'Procesadores virtuales por estudiante',
      effect: 'Cuántos procesadores virtuales pueden sumar sus laboratorios en marcha.',
    },
    'quota.teacher_vcpus': {
      name: 'Procesadores virtuales por docente',
      effect: 'Cuántos procesadores virtuales pueden sumar sus laboratorios en marcha o en espera.',
    },
    'quota.student_ram': {
      name: 'Memoria por estudiante',
      effect: 'Cuánta memoria pueden sumar sus laboratorios en marcha.',
    },
    'quota.teacher_ram': {
      name: 'Memoria por docente',
      effect: 'Cuánta memoria pueden sumar sus laboratorios en marcha o en espera.',
    },
    'quota.student_disk': {
      name: 'Disco por estudiante',
      effect: 'Cuánto disco pueden sumar todos sus laboratorios.',
    },
    'quota.teacher_disk': {
      name: 'Disco por docente',
      effect: 'Cuánto disco pueden sumar todos los laboratorios de un docente.',
    },
    'scheduler.policy': {
      name: 'Cómo se elige un PC',
      effect: 'penalty: el que menos sufre. binpack: el más lleno con sitio. spread: el más vacío.',
    },
    'scheduler.locality': {
      name: 'Peso de tener la imagen',
      effect: 'Cuánto cuenta que un PC ya tenga la imagen.',
    },
    'scheduler.local_user': {
      name: 'Peso de quien usa el PC',
      effect: 'Cuánto cuenta en contra de un PC que alguien lo esté usando.',
    },
    'scheduler.accelerator': {
      name: 'Peso de la aceleración',
      effect: 'Cuánto cuenta que el procesador de un PC ejecute los laboratorios en vez de imitarlos.',
    },
    'scheduler.course_spread': {
      name: 'Peso de repartir un curso',
      effect: 'Cuánto cuenta en contra de un PC que ya tenga laboratorios del mismo curso.',
    },
    'scheduler.stability': {
      name: 'Peso de la estabilidad',
      effect: 'Cuánto cuenta en contra de un PC que hace poco estuviera fuera de alcance.',
    },
    'scheduler.large_room': {
      name: 'Peso de guardar sitio a los grandes',
      effect:
        'Cuánto cuenta en contra de un PC que tenga uno de los últimos sitios para el tamaño mayor, cuando pide uno menor.',
    },
    'scheduler.preemption': {
      name: 'Suspender para dar paso',
      effect:
        'Si los laboratorios que lo permiten se suspenden cuando una petición con más derecho no encuentra sitio.',
    },
    'scheduler.preempt_pause': {
      name: 'Descanso después',
      effect: 'Un laboratorio que cedió su sitio y siguió conserva el nuevo al menos este tiempo.',
    },
    'scheduler.preempt_notice': {
      name: 'Aviso antes',
      effect: 'Con cuánta antelación se avisa de que un laboratorio se suspende, cuando hay tiempo.',
    },
    'scheduler.starts_per_node': {
      name: 'Arranques a la vez',
      effect: 'Cuántos laboratorios arranca un PC al mismo tiempo; los demás siguen después.',
    },
    'scheduler.backfill': {
      name: 'Los pequeños pueden pasar',
      effect:
        'Si una petición pequeña y corta puede arrancar antes que una grande que espera, sin retrasarla.',
    },
    'priority.exam': {
      name: 'Puntos de un examen',
      effect: 'Lo que cuenta una petición reservada para un examen.',
    },
    'priority.class': {
      name: 'Puntos de una clase',
      effect: 'Lo que cuenta una petición reservada para una clase.',
    },
    'priority.personal': {
      name: 'Puntos de una reserva personal',
      effect: 'Lo que cuenta una petición que reservó una persona.',
    },
    'priority.interactive': {
      name: 'Puntos de un laboratorio sin reserva',
      effect: 'Lo que cuenta una petición que no se reservó.',
    },
    'priority.batch': {
      name: 'Puntos del trabajo de fondo',
      effect: 'Lo que cuenta una petición que puede esperar.',
    },
    'priority.admin': {
      name: 'Puntos de quien administra',
      effect: 'Lo que se añade para quien administra la nube.',
    },
    'priority.teacher': {
      name: 'Puntos de docentes',
      effect: 'Lo que se añade para un docente.',
    },
    'priority.student': {
      name: 'Puntos de estudiantes',
      effect: 'Lo que se añade para un estudiante.',
    },
    'priority.sharing': {
      name: 'Puntos por compartir un PC',
      effect: 'Lo que se añade para quien comparte un PC.',
    },
    'priority.fair_share': {
      name: 'Puntos por usar poco',
      effect: 'Lo que se añade para quien no ha usado nada últimamente; cuanto más se usó, menos se añade.',
    },
    'priority.fair_half_life': {
      name: 'El uso cuenta la mitad tras',
      effect:
        'Pasado este tiempo lo usado cuenta la mitad; pasado el doble, la cuarta parte, y así sucesivamente.',
    },
    'priority.waiting': {
      name: 'Puntos por esperar',
      effect: 'Lo que se añade por cada diez minutos de espera.',
    },
    'priority.waiting_max': {
      name: 'Máximo de puntos por esperar',
      effect: 'Esperar no añade más que esto.',
    },
    'sharing.policy': {
      name: 'Compartir cuenta',
      effect: 'Si compartir un PC influye en a quién le toca.',
    },
    'sharing.declines': {
      name: 'Veces que se puede declinar',
      effect: 'Cuántas veces se puede declinar compartir antes de esperar detrás de quienes comparten.',
    },
    'vm.stop_grace': {
      name: 'Tiempo para apagarse',
      effect: 'Cuánto puede tardar un sistema en apagarse cuando se le pide, antes de cortarle la corriente.',
    },
    'vm.start_timeout': {
      name: 'Tiempo para arrancar',
      effect: 'Un arranque que tarda más cuenta como fallido y se abandona.',
    },
    'quota.student_vms': {
      name: 'Laboratorios por estudiante',
      effect: 'Cuántos laboratorios puede tener a la vez, en marcha o no.',
    },
    'quota.teacher_vms': {
      name: 'Laboratorios por docente',
      effect: 'Cuántos laboratorios puede tener a la vez, en marcha o no.',
    },
    'image.max_size': {
      name: 'Mayor disco de una imagen',
      effect: 'Un fichero cuyo disco dice ser mayor se rechaza al importarlo.',
    },
    'work.every_minutes': {
      name: 'Guardar los laboratorios en marcha cada',
      effect:
        'Cada cuánto se guarda el disco de un laboratorio que conserva su trabajo mientras está en marcha. 0: solo al detenerse.',
    },
    'work.copies': {
      name: 'Copias del trabajo guardado',
      effect:
        'En cuántos equipos se conserva el trabajo guardado de un laboratorio, para que perder un equipo no pierda nada.',
    },
    'edit.hours': {
      name: 'Derecho a cambiar una imagen',
      effect:
        'Durante este tiempo tras el último uso, la imagen es solo de quien la edita; después otros pueden hacerse cargo. No se borra nada por ello.',
    },
    'image.copies': {
      name: 'Copias de una imagen',
      effect: 'En cuántos PC se guarda cada imagen, para que perder uno no pierda ninguna.',
    },
    'image.replace_minutes': {
      name: 'Espera por las copias de un PC apagado',
      effect: 'Después, otro PC recibe copia de las imágenes de un PC que no responde.',
    },
    'image.keep_versions': {
      name: 'Versiones guardadas de una imagen',
      effect:
        'A cuántas de las más nuevas se puede volver; las más antiguas que ningún laboratorio usa se borran.',
    },
    'image.min_free_percent': {
      name: 'Disco libre en cada PC',
      effect:
        'Un PC con menos disco libre borra copias de imágenes que no necesita, primero las que llevan más tiempo sin uso. 0 lo desactiva.',
    },
    'image.scrub_days': {
      name: 'Comprobar las copias de imágenes cada',
      effect: 'Cada cuánto lee cada PC sus copias enteras y repara lo que su disco olvidó. 0: nunca.',
    },
    'transfer.max_up': {
      name: 'Envío de imágenes',
      effect: 'Lo que cada PC puede enviar de imágenes a otros. 0: lo que dé su línea.',
    },
    'transfer.max_down': {
      name: 'Recepción de imágenes',
      effect: 'Lo que cada PC puede traer de imágenes de otros. 0: lo que dé su línea.',
    },
    'transfer.free_from': {
      name: 'Imágenes sin límite desde',
      effect: 'Desde esta hora en el reloj de cada PC no valen los límites de arriba.',
    },
    'transfer.free_until': {
      name: 'Imágenes sin límite hasta',
      effect: 'A esta hora vuelven a valer. La misma hora en ambos: valen siempre.',
    },
    'transfer.user_active_percent': {
      name: 'Imágenes junto a una persona',
      effect:
        'Mientras alguien usa un PC, este envía y recibe imágenes a esta parte de su límite, o de lo que dé su línea.',
    },
    'import.allow_private': {
      name: 'Imágenes desde direcciones privadas',
      effect:
        'Permite importar desde direcciones de su propia red, como una réplica en el campus. Se podría alcanzar también otros servicios de ella.',
    },
    'session.hours': {
      name: 'Duración de la sesión',
      effect: 'Después, el navegador pide iniciar sesión otra vez.',
    },
    'scheduler.cpu_excess': {
      name: 'Exceso de vCPU',
      effect:
        'Cuántas vCPU se pueden prometer por encima de los núcleos de un PC: 0,2 es un quinto más. La memoria y el disco nunca se prometen de más.',
    },
    'scheduler.weight_cpu': {
      name: 'Peso del procesador',
      effect: 'Cuánto cuentan las vCPU usadas al elegir un PC para un laboratorio.',
    },
    'scheduler.weight_ram': {
      name: 'Peso de la memoria',
      effect: 'Cuánto cuenta la memoria usada al elegir un PC para un laboratorio.',
    },
    'scheduler.weight_storage': {
      name: 'Peso del disco',
      effect: 'Cuánto cuenta el disco usado al elegir un PC para un laboratorio.',
    },
    'scheduler.weight_temp': {
      name: 'Peso del disco de datos',
      effect: 'Cuánto cuenta el espacio usado por discos de datos al elegir un PC.',
    },
    'node.lost_after': {
      name: 'Perdido después de',
      effect:
        'Un PC al que nadie alcanza durante este tiempo se da por perdido; sus laboratorios siguen en él hasta que vuelva o se dé de baja.',
    },
    'election.voter_silence': {
      name: 'El voto pasa a otro después de',
      effect:
        'Un PC con voto que calla durante este tiempo lo cede a otro PC, mientras responda la mayoría de los que tienen voto. Más de lo que tarda un reinicio.',
    },
    'node.drain_deadline': {
      name: 'Tiempo para vaciar un PC',
      effect:
        'Cuánto pueden seguir los laboratorios mientras se vacía un PC, si nadie dice otra cosa; después se suspenden.',
    },
    'history.audit_entries': {
      name: 'Auditoría',
      effect:
        'Las entradas que pasan de aquí se eliminan, las más viejas primero. Expórtelas antes si debe guardarlas.',
    },
    'history.operations': {
      name: 'Operaciones',
      effect: 'Las operaciones acabadas que pasan de aquí se eliminan, las más viejas primero.',
    },
    'history.notifications_per_user': {
      name: 'Mensajes por persona',
      effect: 'Los mensajes que pasan de aquí se eliminan, los más viejos primero.',
    },
  },
};
