import webpack from 'webpack'

/** Bundles by webpack without minifying. Rejects with all errors and warnings. */
export const runWebpack = (options) =>
  new Promise((resolve, reject) => {
    const readable = { mode: 'production', performance: false, optimization: { minimize: false }, devtool: false }
    webpack({ ...readable, ...options }, (error, stats) => {
      if (error) return reject(error)
      const { errors, warnings } = stats.toJson({ all: false, errors: true, warnings: true })
      if (errors.length + warnings.length === 0) return resolve()
      reject(new Error([...errors, ...warnings].map(({ message }) => message).join('\n')))
    })
  })
