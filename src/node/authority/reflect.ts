/**
 * What @peculiar/x509's dependency injection needs to find before it is loaded. In a module of its own, because a bundler runs an
 * ES module's imports before the CommonJS ones beside them; whole modules it keeps in order.
 */
import 'reflect-metadata';
