//! The client of Jira: its REST calls, its tokens, its wire types.
