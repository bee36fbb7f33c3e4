// Package mutation holds the suite against endpoints that are known to be wrong:
// each mutant of package reference breaks one clause, and everything that makes scripts
// has to catch it.
//
//   - [Subjects] are the mutants, once for each role in which they show their
//     fault; [Select] chooses some of them.
//   - [Sources] are what makes scripts, and the judges that read what comes of
//     them.
//   - [Run] plays the scripts of each source with each subject and returns the
//     [Matrix]: what killed whom, and by which clause.
//   - [Cover] lists the cases and the mutants of each clause.
//
// All of it runs in this process, each case in a testing/synctest bubble
// of its own, inside of a test or outside.
package mutation
