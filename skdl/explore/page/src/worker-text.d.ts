/** The bundle of a module as text, for `new Worker`; build.mjs makes it. */
declare module "worker:*" {
  const source: string;
  export default source;
}
